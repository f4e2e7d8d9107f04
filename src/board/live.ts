/**
 * The only script of the board, about a kilobyte: keeps the page live and says so when it is not.
 *
 * It patches what differs instead of replacing everything, because a screen reader announces a verdict only when a
 * region that was there before changes, and because what somebody has focused, opened, scrolled or selected is
 * theirs. `m` makes node `a` like node `b`; elements with an id are matched by it. A page drawn by another version
 * of Greenroom (`data-v`) is loaded anew.
 */
export const LIVE_SCRIPT = `
let d=document,b=d.getElementById('board'),s=d.getElementById('live'),w,t,e,
v=()=>b.firstElementChild.dataset,o=v().v,
m=(a,b)=>{
if(a.nodeName!=b.nodeName||a.id!=b.id)return a.replaceWith(b);
if(a.nodeType!=1){if(a.data!=b.data)a.data=b.data;return}
for(let n of b.getAttributeNames())if(a.getAttribute(n)!=b.getAttribute(n))a.setAttribute(n,b.getAttribute(n));
for(let n of a.getAttributeNames())b.hasAttribute(n)||n=='open'||a.removeAttribute(n);
k(a,b)},
k=(a,b)=>{
let c=[...b.childNodes];
c.forEach((x,i)=>{
let y=a.childNodes[i],z=x.id&&d.getElementById(x.id);
if(z&&z!=y&&z.parentNode==a)a.insertBefore(z,y),y=z;
y&&(z||!x.id)?m(y,x):a.insertBefore(x,y||null)});
while(a.childNodes.length>c.length)a.lastChild.remove()},
lost=()=>{d.body.className='lost';s.textContent='Not live'+(w?', last seen '+w+' UTC':'')},
seen=()=>{d.body.className='';w=new Date().toISOString().slice(11,16);s.textContent='Live';
clearTimeout(t);t=setTimeout(()=>{lost();go()},4e4)},
go=()=>{
e&&e.close();e=new EventSource('events');
e.onerror=()=>{lost();clearTimeout(t);if(e.readyState>1)t=setTimeout(go,3e3)};
e.addEventListener('beat',seen);e.addEventListener('gone',lost);
e.addEventListener('board',x=>{
let n=d.createElement('main');n.innerHTML=x.data;k(b,n);seen();
if(v().v!=o)location.reload();
d.title=v().title;d.querySelector('[rel=icon]').href=v().icon})};
go()
`.trim();
